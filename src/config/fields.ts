import * as z from 'zod';

// The texts of patterns end the sentence "expected ...": they are what an error says.

export const positive = (max = 1_000_000_000): z.ZodNumber => z.int().min(1).max(max);
export const count = (max = 1_000_000_000): z.ZodNumber => z.int().min(0).max(max);

/** A line of text: control characters and lone surrogates have no place in a setting. */
export const text = (): z.ZodString => z.string().regex(/^[^\p{Cc}\p{Cs}]*$/u, 'text without control characters');
export const texts = (): z.ZodArray<z.ZodString> => z.array(text());

/** A full path: a relative one would mean something else wherever the program is started. */
export const path = (): z.ZodString => z.string().regex(/^\/[^\p{Cc}\p{Cs}]*$/u, 'a full path, from "/" on');
