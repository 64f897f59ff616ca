// Functions of arrays. Where an element is compared with another, it is first cast to the array's element type,
// as Flink's implicit casts do; arrays of different element types meet in their common type.

import type { SqlType } from "../../core/types.ts";
import { isImplicit } from "../casts.ts";
import { holdsMap, isSameForm } from "../collection-types.ts";
import type { Expression } from "../plan.ts";
import {
  BOOLEAN,
  INTEGER,
  STRING,
  commonType,
  formatType,
  isBinary,
  isDatetime,
  isInteger,
  isNumeric,
  isText,
  withNullable,
  type CollectionType,
} from "../types.ts";
import { collectionArgument } from "./collections.ts";
import {
  cast,
  checkCount,
  refuseNull,
  type CallSite,
  type FunctionDescription,
  type ScalarFunction,
} from "./spec.ts";

type ArrayType = Extract<CollectionType, { kind: "ARRAY" }>;

interface Form extends Omit<FunctionDescription, "category"> {
  readonly bind: ScalarFunction["bind"];
}

function define(form: Form): ScalarFunction {
  return { ...form, category: "collection" };
}

function anyNullable(args: readonly Expression[]): boolean {
  return args.some((argument) => argument.type.nullable);
}

/** ARRAY<…>, and an element in its element type. */
function arrayAndElement(site: CallSite): readonly [ArrayType, readonly [Expression, Expression]] {
  checkCount(site, 2, 2);
  const array = collectionArgument(site, 0, "ARRAY");
  const [first, element] = site.arguments;
  if (first === undefined || element === undefined) throw new RangeError("two arguments");
  if (!isImplicit(element.type, array.element)) {
    const names = [element.type, array.element].map((type) => formatType(withNullable(type, true)));
    throw site.fail(1, `${names[0]} does not fit into an array of ${names[1]}`, "CAST it.");
  }
  // A cast takes over that elements may be NULL.
  const isCast = !isSameForm(element.type, array.element);
  const isNull = element.type.nullable || (isCast && array.element.nullable);
  return [array, [first, cast(element, withNullable(array.element, isNull))]];
}

function adding(id: "ARRAY_APPEND" | "ARRAY_PREPEND", place: string): ScalarFunction {
  return define({
    id,
    syntax: [`${id}(array, element)`],
    description: `With an element added at the ${place}.`,
    bind(site) {
      const [array, args] = arrayAndElement(site);
      const element = withNullable(array.element, array.element.nullable || args[1].type.nullable);
      return site.call(id, args, { kind: "ARRAY", element, nullable: anyNullable(args) });
    },
  });
}

/** Functions that compare the elements with one value; `result` gives their type. */
function searching(
  id: string,
  description: string,
  result: (array: ArrayType, args: readonly Expression[]) => SqlType,
): ScalarFunction {
  return define({
    id,
    syntax: [`${id}(array, element)`],
    description,
    bind(site) {
      const [array, args] = arrayAndElement(site);
      refuseMaps(site, 0, array.element);
      return site.call(id, args, result(array, args));
    },
  });
}

/** Flink compares the values of maps by identity: 127 equals 127, 128 does not equal 128. */
function refuseMaps(site: CallSite, index: number, type: SqlType): void {
  if (!holdsMap(type)) return;
  throw site.unsupported(
    index,
    `${site.name} does not compare maps`,
    "Compare their keys and values.",
  );
}

/** Arrays in their common type. */
function combining(id: string, description: string, most: number | undefined): ScalarFunction {
  const form = most === undefined ? `${id}(array, …)` : `${id}(array, array)`;
  return define({
    id,
    syntax: [form],
    description,
    bind(site) {
      checkCount(site, most ?? 1, most);
      const arrays = site.arguments.map((_, index) => {
        refuseNull(site, index);
        return collectionArgument(site, index, "ARRAY");
      });
      const common = commonType(arrays, "flink");
      if (common?.kind !== "ARRAY") {
        throw site.fail(undefined, `the arrays of ${id} have no common element type`, "CAST them.");
      }
      if (id !== "ARRAY_CONCAT") refuseMaps(site, 0, common.element);
      arrays.forEach((array, index) => refuseLossyCast(site, index, { array, common }));
      const args = site.arguments.map((argument) =>
        cast(argument, withNullable(common, argument.type.nullable)),
      );
      return site.call(id, args, withNullable(common, anyNullable(args)));
    },
  });
}

/** Flink turns NULL elements into 0 or dies when it casts the elements by itself. */
function refuseLossyCast(
  site: CallSite,
  index: number,
  { array, common }: { readonly array: ArrayType; readonly common: ArrayType },
): void {
  const isText2 = isText(array.element) && isText(common.element);
  const same = isSameForm(array.element, common.element);
  if (same || isText2 || !array.element.nullable) return;
  const type = formatType(withNullable(common, true));
  throw site.unsupported(
    index,
    "Flink loses NULL elements when it casts this array",
    `CAST it AS ${type}.`,
  );
}

/** Functions of one array whose result depends on it alone. */
function ofArray(
  id: string,
  description: string,
  result: (array: ArrayType) => SqlType,
): ScalarFunction {
  return define({
    id,
    syntax: [`${id}(array)`],
    description,
    bind(site) {
      checkCount(site, 1, 1);
      const array = collectionArgument(site, 0, "ARRAY");
      if (id === "ARRAY_DISTINCT") refuseMaps(site, 0, array.element);
      if (id === "ARRAY_MAX" || id === "ARRAY_MIN") checkOrdered(site, array.element);
      return site.call(id, site.arguments, result(array));
    },
  });
}

function checkOrdered(site: CallSite, type: SqlType): void {
  if (isNumeric(type) || isText(type) || isBinary(type) || isDatetime(type)) return;
  throw site.fail(0, `${site.name} takes an array of numbers, text, BYTES or points in time`);
}

const SORT = define({
  id: "ARRAY_SORT",
  syntax: ["ARRAY_SORT(array[, ascending[, nulls first]])"],
  description: "In ascending order with NULLs first, or as said.",
  bind(site) {
    checkCount(site, 1, 3);
    const array = collectionArgument(site, 0, "ARRAY");
    checkOrdered(site, array.element);
    const args = site.arguments.map((argument, index) => {
      if (index === 0 || argument.type.kind === "BOOLEAN") return argument;
      if (argument.type.kind === "NULL") return cast(argument, BOOLEAN);
      throw site.fail(index, `argument ${index + 1} of ARRAY_SORT must be BOOLEAN`);
    });
    return site.call("ARRAY_SORT", args, withNullable(array, anyNullable(args)));
  },
});

const SLICE = define({
  id: "ARRAY_SLICE",
  syntax: ["ARRAY_SLICE(array, start[, end])"],
  description: "The elements from one position to another, both included; negative from the end.",
  bind(site) {
    checkCount(site, 2, 3);
    const array = collectionArgument(site, 0, "ARRAY");
    const [first, ...bounds] = site.arguments;
    if (first === undefined) throw new RangeError("an array");
    const args = bounds.map((bound, offset) => {
      if (bound.type.kind === "NULL") return cast(bound, INTEGER);
      if (!isInteger(bound.type) || bound.type.kind === "BIGINT") {
        throw site.fail(offset + 1, "the bounds of ARRAY_SLICE must be INT", "CAST them AS INT.");
      }
      return cast(bound, withNullable(INTEGER, bound.type.nullable));
    });
    const all = [first, ...args];
    return site.call("ARRAY_SLICE", all, withNullable(array, anyNullable(all)));
  },
});

const JOIN = define({
  id: "ARRAY_JOIN",
  syntax: ["ARRAY_JOIN(array, separator[, for NULL])"],
  description: "The texts with a separator between them; NULLs are left out, or replaced.",
  bind(site) {
    checkCount(site, 2, 3);
    const { element } = collectionArgument(site, 0, "ARRAY");
    if (!isText(element)) throw site.fail(0, "ARRAY_JOIN takes an array of text", "CAST it.");
    const args = site.arguments.map((argument, index) => {
      if (argument.type.kind === "NULL") return cast(argument, STRING);
      if (index === 0 || isText(argument.type)) return argument;
      throw site.fail(index, `argument ${index + 1} of ARRAY_JOIN must be text`);
    });
    return site.call("ARRAY_JOIN", args, withNullable(STRING, anyNullable(args)));
  },
});

const SPLIT = define({
  id: "SPLIT",
  syntax: ["SPLIT(text, delimiter)"],
  description: "The parts of a text between delimiters; its characters for an empty delimiter.",
  bind(site) {
    checkCount(site, 2, 2);
    const args = site.arguments.map((argument, index) => {
      if (argument.type.kind === "NULL") return cast(argument, STRING);
      if (isText(argument.type)) return argument;
      throw site.fail(index, `argument ${index + 1} of SPLIT must be text`);
    });
    return site.call("SPLIT", args, {
      kind: "ARRAY",
      element: STRING,
      nullable: anyNullable(args),
    });
  },
});

export const ARRAY_FUNCTIONS: readonly ScalarFunction[] = [
  adding("ARRAY_APPEND", "end"),
  adding("ARRAY_PREPEND", "beginning"),
  searching(
    "ARRAY_CONTAINS",
    "Whether an element is in an array; NULL may be looked for.",
    (array) => withNullable(BOOLEAN, array.nullable),
  ),
  searching("ARRAY_POSITION", "Where an element stands, from 1; 0 if it does not.", (_, args) =>
    withNullable(INTEGER, anyNullable(args)),
  ),
  searching("ARRAY_REMOVE", "Without the elements that equal a value.", (array) => array),
  combining("ARRAY_CONCAT", "The elements of several arrays one after the other.", undefined),
  combining("ARRAY_UNION", "The elements of two arrays, each once.", 2),
  combining(
    "ARRAY_INTERSECT",
    "The elements of the first array that the second has, each once.",
    2,
  ),
  combining("ARRAY_EXCEPT", "The elements of the first array that the second lacks, each once.", 2),
  ofArray("ARRAY_DISTINCT", "Each element once, in the order of its first occurrence.", (a) => a),
  ofArray("ARRAY_REVERSE", "Backwards.", (array) => array),
  ofArray("ARRAY_MAX", "The greatest element; NULL elements do not count.", ({ element }) =>
    withNullable(element, true),
  ),
  ofArray("ARRAY_MIN", "The least element; NULL elements do not count.", ({ element }) =>
    withNullable(element, true),
  ),
  SORT,
  SLICE,
  JOIN,
  SPLIT,
];
