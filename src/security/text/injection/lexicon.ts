import { wordHash } from './letters.js';

/**
 * Words by what they mean in an instruction to a model, in the languages that such texts come in most. They are
 * compared without case, accents and disguises.
 */
const WORDS = {
  ignore:
    'ignore ignored ignoring ignores disregard disregarding forget forgetting override overriding overrule bypass bypassing neglect discard dismiss abandon circumvent skip ignoriere ignorieren ignoriert vergiss vergesst missachte ignora ignorar ignoren olvida olvide olvidar descarta ignorez ignorer oublie oubliez oublier dimentica dimenticate ignorate ignorare esqueca esquecam ignorem desconsidere negeer vergeet ignoruj zignoruj zapomnij игнорируй игнорируйте игнорировать проигнорируй забудь забудьте تجاهل تجاهلي yoksay unut abaikan lupakan ignorera glom',
  forget: 'forget forgetting vergiss vergesst olvida olvide oublie oubliez dimentica esqueca забудь забудьте',
  everything: 'everything anything alles todo tout tutto tudo все всё',
  all: 'all any every each everything alle aller allen todas todos toda toutes tous tutte tutti alla wszystkie все',
  previous:
    'previous previously prior above earlier preceding foregoing existing former original initial past before vorherigen vorherige vorangegangenen bisherigen bisherige obigen vorigen anteriores previas previos anterior precedentes precedente precedenti antecedentes vorige eerdere poprzednie wczesniejsze предыдущие предыдущих прежние прошлые السابقة onceki sebelumnya tidigare',
  instruction:
    'instruction instructions directive directives guideline guidelines prompt prompts programming anweisungen anweisung instruktionen instrucciones indicaciones consignes istruzioni instrucoes instructies instrukcje polecenia инструкции инструкций указания التعليمات تعليمات talimatlari talimatlar instruksi perintah instruktioner',
  rule: 'rules rule commands orders constraints context training messages message conversation policies policy limits regeln befehle reglas ordenes regles ordres regole ordini regras ordens regels правила команды',
  your: 'your ur you\u0027re deine deinen deiner ihre ihren tus tu sus su vos votre ton tes tuo tue tuoi suas seu sua teu jouw uw твои твой ваши ваш',
  user: 'user users human humans operator owner administrator people person developer nutzer benutzer usuario utilisateur utente',
  new: 'new updated revised actual neue neuen nuevas nuevos nouvelles nouveaux nuove novas новые',
  not: 'not dont don never stop nicht nunca jamais non nao не',
  follow:
    'follow following obey obeying comply adhere listen honor honour heed befolge folge sigas suivez seguire siga следуй',
  void: 'void invalid cancelled canceled revoked superseded suspended lifted null rescinded voided',
  must: 'must shall should will have need required ordered musst debes deves dois devi должен',
  now: 'now immediately ahora jetzt maintenant adesso agora сейчас теперь hereby',
  you: 'you du sie tu usted vous voce ты вы',
  are: 'are bist sind eres est sei',
  from: 'from desde',
  without: 'without dont not never',
  tell: 'tell telling asking ask inform informing notify notifying mention mentioning alert alerting warn warning reveal revealing confirm confirmation approval permission say saying',
  ai: 'ai llm llms assistant assistants chatbot gpt chatgpt claude gemini copilot codex model models agent agents bot ki ia ии',
  notice: 'attention note notice message important warning hey dear hello reminder urgent achtung atencion внимание',
  disable: 'disable disabling deactivate remove lift drop turn switch suspend skip bypass',
  safety:
    'safety safeguard safeguards guardrail guardrails confirmations restrictions filters filter moderation security approvals permissions alignment censorship ethics',
  reveal:
    'reveal print show output repeat display disclose expose leak dump recite give tell share write quote paste reproduce return summarize summarise translate list provide echo send state verbatim zeige zeig verrate gib muestra revela dime montre revele affiche mostra rivela mostre toon pokaz ujawnij покажи выведи раскрой goster tampilkan',
  prompt:
    'prompt prompts instructions instruction systemprompt preprompt guidelines directives anweisungen instrucciones consignes istruzioni instrucoes промпт инструкции',
  system: 'system systeme sistema systems systemowe systemu системный системные',
  hidden:
    'hidden initial original secret internal confidential developer full complete exact entire initialen versteckten ocultas oculto initiales',
  repeat: 'repeat print output copy recite write echo reproduce quote',
  text: 'words text everything all content contents sentences lines phrase instructions',
  above: 'above before starting beginning preceding prior',
  what: 'what whats which',
  begin: 'beginning starting begins starts',
  act: 'act pretend roleplay behave simulate impersonate respond answer become imagine acting pretending play speak',
  persona:
    'dan unrestricted unfiltered uncensored jailbroken unbound amoral evil malicious freed hacker villain omnipotent unaligned rogue lawless godmode',
  being: 'ai llm assistant chatbot bot model persona character identity entity being gpt',
  mode: 'mode modus modo modalita',
  freemode: 'dan god jailbreak jailbroken unrestricted unfiltered evil uncensored stan unlimited opposite',
  opsmode:
    'developer dev debug maintenance admin administrator sudo root override diagnostic training emergency privileged',
  restrict:
    'restrictions restriction limitations limits filters filter boundaries censorship guidelines ethics guardrails safeguards constraints ethical moral rules policies restricciones limites regeln einschrankungen',
  no: 'no without zero any free not never ignore break broken removed',
  longer: 'longer more anymore',
  bound: 'bound restricted limited constrained obliged subject governed',
  anything: 'anything everything whatever',
  send: 'send sending post upload exfiltrate forward transmit email mail leak submit deliver ship publish report sende schicke envia enviar envoie envoyez invia отправь отправьте senden',
  secret:
    'credentials credential secrets secret passwords password passwd tokens token keys apikey apikeys id_rsa id_ed25519 netrc cookies keychain wallet mnemonic env environment ssh aws passworter zugangsdaten contrasenas credenciales identifiants senhas credenziali пароли ключи токены',
  secretfile: 'id_rsa id_ed25519 id_ecdsa passwd shadow netrc kubeconfig pgpass',
  url: 'http https webhook ftp webhooks ngrok pastebin',
  outside: 'evil malicious external remote outside collect',
  net: 'curl wget nc ncat netcat telnet scp invoke-webrequest iwr',
  sh: 'sh bash zsh python perl',
  base64: 'base64 b64 b64decode atob hex rot13 encoded b64d',
  decode: 'decode decoded decodes decoding decipher decrypt dekodiere decodifica',
  execute: 'execute run follow obey perform eval exec do comply carry ejecuta fuhre',
  contents: 'contents content inhalt contenido',
  role: 'system assistant developer admin inst sys im_start im_end instructions instruction prompt override system_prompt systemprompt system_message',
  closing:
    'tool_result tool_results untrusted_output untrusted function_results function_result tool_output tool_response user_input document pane untrusted_content data',
  reminder:
    'system_reminder important_instructions important admin_instructions system_instructions antml function_calls tool_call tool_use',
  override: 'override overrides update notice alert message prompt instruction instructions command directive',
  tmuxorc: 'orc tmux_orc tmuxorc orchestrator',
  confirm: 'confirmation approval permission confirmations authorization consent approved',
  grant: 'granted given approved received accepted confirmed',
  call: 'call run execute invoke use perform kill delete send type press remove wipe reply respond answer',
  task: 'task goal objective mission job purpose directive role instructions instruction orders',
  identity: 'role identity persona name purpose',
  about:
    'injection injections attack attacks attacker attackers jailbreaks detector detectors detect detects detection detected phrase phrases expect assert fixture fixtures payload payloads owasp regex heuristic heuristics classifier threat corpus vulnerability testcase refuse refuses malicious adversarial scanner sanitizer',
  given: 'given received got had told provided',
  told: 'told said instructed taught learned know knew discussed happened',
  complete: 'complete completed done finished over',
  replace: 'replace replaces supersede supersedes override overrides ersetzen',
  following: 'following this these command commands',
  read: 'read reads reading processing parsing process summarizing summarising analyzing analysing reviewing viewing',
  this: 'this these dies esto ceci',
  should: 'should must shall need',
  instead: 'instead rather stattdessen',
  message: 'message messages configuration config context text',
  configuration: 'configuration config settings setup',
  verbatim: 'verbatim exactly literally unchanged',
  free: 'free freed liberated',
  enter: 'enter entering activate activating',
  enable: 'enable enabling unlock unlocking switch',
  enabled: 'enabled activated on active unlocked engaged',
  end: 'end',
  input: 'input query message data',
  when: 'if when whenever wenn si se если',
  can: 'can do',
} as const;

/** What a word is by what stands around it. */
const SHAPES = ['tag', 'ended', 'bracket', 'label', 'colon', 'piped'] as const;

const NAMES: readonly string[] = [...Object.keys(WORDS), ...SHAPES];

/** A set of classes: 32 bits in each number. */
export type Classes = readonly [number, number, number, number];

export function classes(names: readonly string[]): Classes {
  const bits: [number, number, number, number] = [0, 0, 0, 0];
  for (const name of names) {
    const index = NAMES.indexOf(name);
    if (index === -1) throw new Error(`no class of words: ${name}`);
    const word = (index >>> 5) as 0 | 1 | 2 | 3;
    bits[word] |= 1 << (index & 31);
  }
  return bits;
}

function readLexicon(): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const [name, words] of Object.entries(WORDS)) {
    for (const word of words.split(' ')) {
      const hash = wordHash(word);
      found.set(hash, [...(found.get(hash) ?? []), name]);
    }
  }
  return found;
}

/** Calls `each` with the hash and the classes of every word; words of the same classes share them. */
export function eachWord(each: (hash: number, found: Classes) => void): void {
  const shared = new Map<string, Classes>();
  for (const [hash, names] of readLexicon()) {
    const key = names.join(' ');
    const found = shared.get(key) ?? classes(names);
    shared.set(key, found);
    each(hash, found);
  }
}
