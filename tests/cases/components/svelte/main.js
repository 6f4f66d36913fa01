import { init } from "@throughline/browser";
import { mount } from "svelte";
import Shop from "./Shop.svelte";

window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" });
mount(Shop, { target: document.querySelector("#root") });
