import { CATEGORIES } from './rules.js';

const [OVERRIDE, EXTRACTION] = [CATEGORIES.indexOf('instruction_override'), CATEGORIES.indexOf('prompt_extraction')];
const MAY_HOLD = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

/** In scripts that are written without spaces there are no words to look up. Gaps are bounded, so that time is. */
const PHRASES: readonly (readonly [pattern: RegExp, category: number, weight: number])[] = [
  [
    /(?:忽略|无视|無視|忘记|忘掉|忘記).{0,8}(?:之前|以上|上面|前面|先前|所有|全部).{0,10}(?:指令|指示|规则|規則|命令|提示词)/u,
    OVERRIDE,
    0.7,
  ],
  [/(?:忽略|无视|無視|忘记|忘掉|忘記).{0,8}(?:之前|以上|上面|前面|先前|所有|全部).{0,6}提示/u, OVERRIDE, 0.55],
  [/(?:前|上記|以上|これまで|以前|すべて|全て).{0,8}(?:指示|命令|指令|プロンプト).{0,10}(?:無視|忘れ)/u, OVERRIDE, 0.7],
  [/(?:이전|위의|앞의|지금까지|모든).{0,8}(?:지시|명령|프롬프트|지침).{0,8}(?:무시|잊)/u, OVERRIDE, 0.7],
  [
    /(?:输出|显示|告诉我|透露|打印|重复|顯示|輸出).{0,8}(?:你的|系统|系統|初始).{0,4}(?:提示词|指令|提示)/u,
    EXTRACTION,
    0.6,
  ],
  [/(?:システムプロンプト|시스템 프롬프트).{0,10}(?:表示|教え|出力|見せ|보여|출력|알려)/u, EXTRACTION, 0.6],
];

export function weighPhrases(text: string, raise: (category: number, weight: number) => void): void {
  if (!MAY_HOLD.test(text)) return;
  for (const [pattern, category, weight] of PHRASES) if (pattern.test(text)) raise(category, weight);
}
