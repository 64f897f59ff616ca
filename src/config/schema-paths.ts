// Whether the paths of a profile lead somewhere in its schema: a name that no record has would be NULL for ever.

import { parseAvroSchema } from "../core/format/avro-schema.ts";
import type { AvroType } from "../core/format/avro-schema.ts";
import { EACH } from "../core/format/profile-codec.ts";
import type { ProfileCodec } from "../core/format/profile-codec.ts";
import type { ProtobufField, ProtobufSchema } from "../core/format/protobuf-schema.ts";
import { didYouMean } from "../core/suggest.ts";

export interface PathProblem {
  readonly message: string;
  readonly hint?: string;
}

/** What is wrong with a path under the codec; undefined: nothing, or there is no schema to tell. */
export function pathProblem(codec: ProfileCodec, path: readonly string[]): PathProblem | undefined {
  if (codec.type === "protobuf") return walkProtobuf(codec.schema, path);
  if (codec.type === "avro") return walkAvro(codec.schema, path);
  if (codec.type !== "avro-confluent" || codec.schema === undefined) return undefined;
  return walkAvro(parseAvroSchema(codec.schema), path);
}

/** Whether a message tells that the field at the end of a path is not there. */
export function hasPresence(schema: ProtobufSchema, path: readonly string[]): boolean {
  let message = schema.messages[0];
  let field: ProtobufField | undefined;
  for (const step of path) {
    field = message?.fields.find(({ name }) => name === step) ?? field;
    if (field?.type.kind === "message") message = schema.messages[field.type.message];
  }
  return field?.hasPresence === true;
}

function walkAvro(type: AvroType, path: readonly string[]): PathProblem | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return undefined;
  if (type.type === "union") {
    const problems = type.branches.map((branch) => walkAvro(branch, path));
    // Of the branches, null leads nowhere: the other one's reason tells more.
    return problems.includes(undefined) ? undefined : problems.at(-1);
  }
  if (step === EACH) return type.type === "array" ? walkAvro(type.items, rest) : notRepeated();
  if (type.type === "map") return walkAvro(type.values, rest);
  if (type.type !== "record") return noFields(step, type.type);
  const field = type.fields.find(({ name }) => name === step);
  return field === undefined ? noField(step, type) : walkAvro(field.type, rest);
}

function walkProtobuf(schema: ProtobufSchema, path: readonly string[]): PathProblem | undefined {
  let message = schema.messages[0];
  let field: ProtobufField | undefined;
  let isList = false;
  let isMap = false;
  for (const step of path) {
    if (step === EACH) {
      if (!isList) return notRepeated();
      isList = false;
    } else if (isMap) {
      isMap = false;
    } else {
      if (isList)
        return { message: `${field?.name} is repeated`, hint: "Write * for each of them." };
      if (message === undefined) return noFields(step, field?.name ?? "");
      field = message.fields.find(({ name }) => name === step);
      if (field === undefined) return noField(step, message);
      isList = field.label === "repeated";
      isMap = field.label === "map";
      message = field.type.kind === "message" ? schema.messages[field.type.message] : undefined;
    }
  }
  return undefined;
}

function noField(
  step: string,
  of: { readonly name: string; readonly fields: readonly { readonly name: string }[] },
): PathProblem {
  const names = of.fields.map(({ name }) => name);
  return {
    message: `${of.name} has no field ${step}`,
    hint: didYouMean(step, names) ?? `Its fields are ${names.slice(0, 20).join(", ")}.`,
  };
}

function noFields(step: string, of: string): PathProblem {
  return { message: `has ${step} behind ${of}, which has no fields` };
}

function notRepeated(): PathProblem {
  return { message: "has a * where the schema has no array" };
}
