import { init } from "@throughline/browser";
import { createApp } from "vue";
import Shop from "./Shop.vue";

window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" });
createApp(Shop).mount("#root");
