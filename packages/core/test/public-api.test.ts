import { testPublicApi } from "../../../scripts/public-api.ts";

testPublicApi(new URL("../", import.meta.url), {
  ".": () => import("@nthrec/core"),
  "./keys": () => import("@nthrec/core/keys"),
  "./order": () => import("@nthrec/core/order"),
  "./shards": () => import("@nthrec/core/shards"),
  "./testkit": () => import("@nthrec/core/testkit"),
});
