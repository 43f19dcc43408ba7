/** One line of the file. */
export interface Measurement {
  /** Name of the worker that wrote it. */
  readonly worker: string;
  /** Its number among the worker's records. */
  readonly number: number;
  readonly payload: string;
}

/** What a worker is told. */
export interface WorkerTask {
  readonly path: string;
  readonly worker: string;
  readonly records: number;
  readonly size: number;
}

/** What a worker tells its parent. */
export type Message = Acknowledged | Recovered;

/** A record is published: its `append` resolved. */
export interface Acknowledged {
  readonly is: "acknowledged";
  readonly number: number;
  /** Its place in the file. */
  readonly index: number;
  /** When the append resolved, and how long it took, ms. */
  readonly at: number;
  readonly took: number;
}

/** A worker found and mended what another one left when it was killed. */
export interface Recovered {
  readonly is: "recovered";
  /** Records of the batch that was whole, and bytes of one that was not. */
  readonly rolledForward: number;
  readonly rolledBack: number;
}

/** A payload that its worker and number determine, so that whoever reads a record can tell whether it is whole. */
export function payloadOf(worker: string, number: number, most: number): string {
  // Mostly short ones, and now and then one that takes several pages of memory.
  const share = ((Math.imul(number + 1, 2654435761) >>> 0) / 2 ** 32) ** 6;
  return `${worker}-${number} `.repeat(Math.ceil((share * most) / 6)).slice(0, most);
}

/** A clock that all processes of a machine share, ms. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
