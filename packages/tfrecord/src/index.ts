/**
 * Any record of any TFRecord file by number.
 *
 * @packageDocumentation
 */
export {};
