import { afterEach, beforeEach } from "vitest";
import { beginTest, endTest } from "./programs.ts";

beforeEach((context) => beginTest(context));
afterEach(endTest);
