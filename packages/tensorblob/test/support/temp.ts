export { tempFolder } from "../../../../testing/temp.ts";
