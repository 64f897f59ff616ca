// Addresses as a profile writes them.

import { EACH } from "../../core/format/profile-codec.ts";
import type { Address, ByteAddress } from "../../core/format/profile-codec.ts";

const ORDERS = { be: "be", le: "le", "be-words": "cdab", "le-words": "badc" } as const;
const KINDS = { unsigned: "u", signed: "i", float: "f", bcd: "bcd", text: "text", hex: "hex" };

/** `/em/0/power`, `byte 10 u16be`, `column 3`, `name temperature`, `the payload`. */
export function addressText(address: Address): string {
  switch (address.kind) {
    case "path":
      return `/${address.path.map((step) => (step === EACH ? "*" : step)).join("/")}`;
    case "bytes": {
      const where = address.inRecord ? "byte of the record" : "byte";
      return `${where} ${address.at} ${byteTypeText(address)}`;
    }
    case "column":
      return `column ${address.column + 1}`;
    case "measurement":
      return address.name === "" ? "the record's time" : `name ${address.name}`;
    case "payload":
      return "the payload";
  }
}

/** `u16be`, `bcd4le`, `text8`, `u16be bits 5 to 15`. */
export function byteTypeText({ as, bits }: ByteAddress): string {
  const isText = as.kind === "text" || as.kind === "hex";
  const size = isText || as.kind === "bcd" ? as.bytes : as.bytes * 8;
  const order = isText || as.bytes === 1 ? "" : ORDERS[as.order];
  const type = `${KINDS[as.kind]}${size}${order}`;
  if (bits === undefined) return type;
  const last = bits.first + bits.count - 1;
  return bits.count === 1 ? `${type} bit ${bits.first}` : `${type} bits ${bits.first} to ${last}`;
}
