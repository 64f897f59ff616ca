// Positions and lengths in SQL count code points; JavaScript indexes UTF-16 units. Text without surrogates (nearly
// all of it) takes the direct path.

import { TEXT_RESULT_CHARS } from "../../core/limits.ts";
import { dataError } from "../data-error.ts";

const SURROGATE = /[\ud800-\udfff]/;

/** Number of code points. */
export function codePoints(text: string): number {
  return SURROGATE.test(text) ? Array.from(text).length : text.length;
}

/** Code points [start, end). */
export function sliceText(text: string, start: number, end: number): string {
  return SURROGATE.test(text)
    ? Array.from(text).slice(start, end).join("")
    : text.slice(start, end);
}

/** Code points in reverse order. */
export function reverseText(text: string): string {
  return Array.from(text).reverse().join("");
}

/** Position of `needle` at or after code point `from` (from 0), or -1; an empty needle is found at 0. */
export function indexOfText(text: string, needle: string, from: number): number {
  if (needle === "") return 0;
  if (!SURROGATE.test(text)) return text.indexOf(needle, from);
  const unit = sliceText(text, 0, from).length;
  const found = text.indexOf(needle, unit);
  return found < 0 ? -1 : codePoints(text.slice(0, found));
}

/** `text` repeated `count` times, bounded. */
export function repeatText(text: string, count: number): string {
  if (count <= 0) return "";
  boundLength(text.length * count);
  return text.repeat(count);
}

/** Data error when a result would exceed the bound. */
export function boundLength(length: number): void {
  if (length > TEXT_RESULT_CHARS) dataError(`the text would have ${length} characters`);
}

/** Halves of surrogate pairs as `?`: what Java's UTF-8 makes of text cut in the middle of a character. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed().replaceAll("\ufffd", "?");
}

/** Removes characters of `set` at the chosen ends. */
export function trimText(text: string, set: string, ends: "BOTH" | "LEADING" | "TRAILING"): string {
  const units = SURROGATE.test(text) ? Array.from(text) : text;
  let start = 0;
  let end = units.length;
  if (ends !== "TRAILING") while (start < end && set.includes(units[start] ?? "")) start++;
  if (ends !== "LEADING") while (end > start && set.includes(units[end - 1] ?? "")) end--;
  return typeof units === "string" ? units.slice(start, end) : units.slice(start, end).join("");
}
