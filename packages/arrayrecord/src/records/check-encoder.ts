import { checkEncoder, codecsWith } from "../codecs/prepared.ts";
import { namesCodec, resolveSettings } from "../options/resolve-settings.ts";
import type { ArrayRecordWriterOptions } from "./array-record-options.ts";

/**
 * Checks what can be known before a file is opened: that the codec which options ask for is there.
 *
 * @throws {@link NthrecError} `NTH_NOT_SUPPORTED` when it is not prepared; `NTH_INVALID_VALUE` for options that do not exist
 */
export function checkNewEncoder(options: ArrayRecordWriterOptions): void {
  const { compression } = resolveSettings(options);
  // What continues a file may take its codec.
  if (options.mode === "append" && !namesCodec(options)) return;
  checkEncoder(compression, codecsWith(options.codecs));
}
