/** What stands in the place of a tag in states that are no fields (formats/arrayrecord.md 3.5.2). */
export const NO_OP = 0;
export const NON_PROTO = 1;
export const START_OF_SUBMESSAGE = 2;
export const START_OF_MESSAGE = 3;

/** Wire types: the low three bits of a tag. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const START_GROUP = 3;
export const END_GROUP = 4;
export const FIXED32 = 5;
/** Added to the tag of a length-delimited field: the state in which its submessage ends. */
export const END_OF_SUBMESSAGE_DELTA = 4;

/** From this subtype on a varint of one byte, `subtype - 10`, is in the state itself. */
export const INLINE_VARINT = 10;

/** Largest offset of one transition byte. */
export const MOST_OFFSET = 63;
/** Largest number of repeats that a transition byte can carry. */
export const MOST_REPEATS = 3;
