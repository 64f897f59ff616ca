// A small ext4 filesystem of its own, in a file: it can be filled up, made read-only, and made to fail as a dying card
// makes it. Needs root (service "mount"). A process that is killed cannot unmount: the next one does it for it.

import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const MIB = 1024 * 1024;

const PREFIX = "headrace-disk-";

/** Mounted until `dispose`. */
export class SmallDisk {
  readonly mount: string;
  readonly #scratch: string = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  #mounted = false;

  /** `mount`: a folder to be its root; default: one of its own. */
  constructor(mebibytes: number, mount?: string) {
    removeStale();
    this.mount = mount ?? join(this.#scratch, "disk");
    writeFileSync(this.#image, "");
    truncateSync(this.#image, mebibytes * MIB);
    execFileSync("mkfs.ext4", ["-q", "-m", "0", "-b", "4096", this.#image]);
    mkdirSync(this.mount, { recursive: true });
    this.#attach();
  }

  /** Takes all but so many bytes, to a block. */
  fill(leaveBytes = 0): void {
    const hog = join(this.mount, "hog");
    const { bavail, bsize } = statfsSync(this.mount);
    const take = bavail * bsize - leaveBytes;
    // In the last blocks the filesystem's own needs show.
    for (let size = Math.max(4096, take - (leaveBytes > 0 ? 0 : MIB)); size >= 4096;) {
      try {
        writeFileSync(hog, Buffer.alloc(size, 1), { flag: "a", flush: true });
        if (leaveBytes > 0) return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        size /= 2;
      }
      size = Math.min(size, MIB);
    }
  }

  /** Gives back what `fill` took. */
  free(): void {
    rmSync(join(this.mount, "hog"), { force: true });
  }

  /** Possible while no file on it is open for writing. */
  remount(how: "ro" | "rw"): void {
    execFileSync("mount", ["-o", `remount,${how}`, this.mount]);
  }

  /** The filesystem finds itself damaged and turns read-only at once, whoever has it open. */
  fail(): void {
    const [device = ""] = execFileSync("losetup", ["-j", this.#image], { encoding: "utf8" }).split(
      ":",
    );
    writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, "test");
  }

  /** What a boot does after `fail`: checks and mounts it again. Nobody may use it. */
  repair(): void {
    this.#detach();
    try {
      execFileSync("e2fsck", ["-fp", this.#image], { stdio: "ignore" });
    } catch (error) {
      // 1: errors were corrected.
      if ((error as { status?: number }).status !== 1) throw error;
    }
    this.#attach();
  }

  dispose(): void {
    if (this.#mounted) this.#detach("--lazy");
    rmSync(this.#scratch, { recursive: true });
  }

  get #image(): string {
    return join(this.#scratch, "image");
  }

  #attach(): void {
    execFileSync("mount", ["-o", "loop,errors=remount-ro", this.#image, this.mount]);
    this.#mounted = true;
  }

  #detach(...options: readonly string[]): void {
    execFileSync("umount", [...options, this.mount]);
    this.#mounted = false;
  }
}

/** Unmounts and removes what processes have left that are gone. */
function removeStale(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const scratch = join(tmpdir(), name);
    for (const mount of mountsOf(join(scratch, "image"))) execFileSync("umount", ["--lazy", mount]);
    rmSync(scratch, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Where an image is mounted: at the devices that stand for it. */
function mountsOf(image: string): string[] {
  const listed = execFileSync("losetup", ["-j", image], { encoding: "utf8" });
  const devices = listed.split("\n").map((line) => line.split(":")[0] ?? "");
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  return mounts
    .map((line) => line.split(" "))
    .filter(([device = ""]) => device !== "" && devices.includes(device))
    .map(([, mount = ""]) => mount);
}
