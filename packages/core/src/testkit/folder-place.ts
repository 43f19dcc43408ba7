import { entryOf, isLiveStore } from "../index.ts";
import type { Place, PlaceMaker } from "./types.ts";

/**
 * Files in a folder: each case gets one of its own below `folder`, which whoever gave it removes in the end.
 *
 * @example
 * const folder = mkdtempSync(join(tmpdir(), "kit-"));
 * for (const { name, run } of formatCases(format, { place: folderPlace(folder) })) test(name, run);
 * afterAll(() => rmSync(folder, { recursive: true }));
 */
export function folderPlace(folder: string): PlaceMaker {
  let cases = 0;
  const make = async (): Promise<Place> => {
    const { store } = entryOf(`${folder}/case-${++cases}/file`);
    if (!isLiveStore(store)) throw new TypeError(`${folder} is not the path of a folder`);
    // The first entry makes the folder, which cases may list before they write.
    await (await store.create("first")).close();
    await store.remove("first");
    return { store };
  };
  return { name: "folder", slow: true, make };
}
