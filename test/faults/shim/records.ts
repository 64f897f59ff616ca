// Reads the journal that the shim writes (layout: journal.h).

/** What a process did to the watched folder. Paths are relative to it; files are known by inode once open. */
export type Operation =
  | { readonly kind: "create"; readonly path: string; readonly inode: bigint }
  | {
      readonly kind: "write";
      readonly inode: bigint;
      readonly offset: number;
      readonly data: Buffer;
    }
  | { readonly kind: "truncate"; readonly inode: bigint; readonly size: number }
  | { readonly kind: "sync" | "sync-failed"; readonly inode: bigint }
  | { readonly kind: "sync-folder"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "unlink" | "mkdir" | "rmdir"; readonly path: string };

const HEAD_BYTES = 32;

/** The operations in order. A record in pieces at the end is left out: its call had not been made. */
export function readOperations(journal: Buffer): Operation[] {
  const operations: Operation[] = [];
  for (let at = 0; at + HEAD_BYTES <= journal.length;) {
    const pathStart = at + HEAD_BYTES;
    const dataStart = pathStart + journal.readUInt32LE(at + 4);
    const end = dataStart + Number(journal.readBigUInt64LE(at + 24));
    if (end > journal.length) break;
    const inode = journal.readBigUInt64LE(at + 8);
    const offset = Number(journal.readBigUInt64LE(at + 16));
    const path = journal.toString("utf8", pathStart, dataStart);
    operations.push(
      operation(journal.readUInt32LE(at), { inode, offset, path }, () => {
        return journal.subarray(dataStart, end);
      }),
    );
    at = end;
  }
  return operations;
}

function operation(
  kind: number,
  { inode, offset, path }: { inode: bigint; offset: number; path: string },
  data: () => Buffer,
): Operation {
  switch (kind) {
    case 1:
      return { kind: "create", path, inode };
    case 2:
      return { kind: "write", inode, offset, data: data() };
    case 3:
      return { kind: "truncate", inode, size: offset };
    case 4:
      return { kind: "sync", inode };
    case 5:
      return { kind: "sync-folder", path };
    case 6: {
      const [from = "", to = ""] = path.split("\0");
      return { kind: "rename", path: from, to };
    }
    case 7:
      return { kind: "unlink", path };
    case 8:
      return { kind: "mkdir", path };
    case 9:
      return { kind: "rmdir", path };
    case 10:
      return { kind: "sync-failed", inode };
    default:
      throw new Error(`the shim's journal has a record of kind ${kind}`);
  }
}
