export { property } from "../../../../testing/seed.ts";
