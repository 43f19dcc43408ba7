/** Told the name of a file, and how many records a read of one of them decodes. */
export type GroupSizeListener = (name: string, groupSize: number) => void;

const warned = new Set<string>();

/**
 * Tells of a file whose groups are slow to read at random: those of more than one record.
 *
 * @param name As the listener is told it.
 * @param reader An open reader, or what else knows the size of its groups; 0 where there are none.
 * @param onGroupSize Told of larger groups. @default a warning on the console, once for each name
 * @returns Whether groups are of one record at most.
 */
export function checkGroupSize(
  name: string,
  reader: { readonly groupSize: number },
  onGroupSize: GroupSizeListener = warnOnce,
): boolean {
  const { groupSize } = reader;
  if (groupSize <= 1) return true;
  onGroupSize(name, groupSize);
  return false;
}

function warnOnce(name: string, groupSize: number): void {
  if (warned.has(name)) return;
  warned.add(name);
  console.warn(
    `${name} has groups of ${groupSize} records, each of which is decoded whole for one record: ` +
      "write it with groupSize: 1 for reading at random",
  );
}
