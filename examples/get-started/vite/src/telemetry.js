import { init } from "@throughline/browser";

init({ endpoint: "http://127.0.0.1:4318", serviceName: "shop-web" });
