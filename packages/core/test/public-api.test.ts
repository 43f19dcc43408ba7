import { testPublicApi } from "../../../scripts/public-api.ts";

testPublicApi(new URL("../", import.meta.url), {
  ".": () => import("@nthrec/core"),
  "./testkit": () => import("@nthrec/core/testkit"),
});
