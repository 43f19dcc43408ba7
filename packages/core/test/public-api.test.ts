import { testPublicApi } from "../../../scripts/public-api.ts";

testPublicApi(new URL("../", import.meta.url), {
  ".": () => import("@nthrec/core"),
  "./order": () => import("@nthrec/core/order"),
  "./testkit": () => import("@nthrec/core/testkit"),
});
