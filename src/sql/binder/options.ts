// WITH (…): the options of a table, with the content of the files that they name in the place of the names.

import { GatewayError } from "../../core/errors.ts";
import type { SourcePosition } from "../../core/errors.ts";
import type { TableOption } from "../ast.ts";
import type { OptionPlaces, TableOptions } from "../plan.ts";
import { cover, type SourceText } from "../source.ts";

/**
 * What stands for the value of an option: of one that names a file its content, so that a plan says all that is in
 * force; of every other the value. Throws GatewayError of blame config.
 */
export type OptionContent = (option: string, options: TableOptions) => string;

/** The options with what stands for their values, and where each is written. */
export function bindOptions(
  source: SourceText,
  written: ReadonlyMap<string, TableOption>,
  content: OptionContent | undefined,
): { readonly options: TableOptions; readonly places: OptionPlaces } {
  const texts = Object.fromEntries(Array.from(written, ([name, { value }]) => [name, value]));
  const places: Record<string, SourcePosition> = {};
  const options: Record<string, string> = {};
  for (const [name, option] of written) {
    const position = source.position(cover(option.name, option));
    places[name] = position;
    options[name] =
      content === undefined ? option.value : contentOf(name, texts, content, position);
  }
  return { options, places };
}

function contentOf(
  name: string,
  options: TableOptions,
  content: OptionContent,
  position: SourcePosition,
): string {
  try {
    return content(name, options);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { message, code, blame, hint, cause } = error;
    throw new GatewayError(`'${name}': ${message}`, {
      code,
      blame,
      position,
      cause,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
