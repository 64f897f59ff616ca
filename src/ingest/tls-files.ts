/** Paths of PEM files: what a peer's certificate is held against, and what is shown of one's own. */
export interface TlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}
