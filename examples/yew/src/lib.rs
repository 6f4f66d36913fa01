//! A shop of one page in Yew. Its spans, events and panics arrive as one trace.

use opentelemetry::trace::{TraceContextExt, Tracer};
use opentelemetry::{KeyValue, global};
use throughline_browser::web::{self, Options};
use tracing::Instrument;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, UseStateHandle, function_component, html, use_state};

/// Called by wasm-bindgen's JavaScript when the module is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    // Panics have the functions and lines of their sources, once the module's index is uploaded.
    web::identify(&wasm_bindgen::module());
    let started = web::init(Options {
        endpoint: "/_t".to_owned(),
        key: Some("pk_demo".to_owned()),
        service_name: "shop-web".to_owned(),
        service_version: Some("1.0.0".to_owned()),
        trace_propagation_targets: setting("traced").into_iter().collect(),
        ..Options::default()
    });
    // The page works without telemetry.
    if let Err(reason) = started {
        web_sys::console::error_1(&reason.to_string().into());
    }
    yew::Renderer::<Shop>::new().render();
}

#[function_component]
fn Shop() -> Html {
    let basket = use_state(Vec::<String>::new);
    let add = {
        let basket = basket.clone();
        Callback::from(move |_| {
            let span = tracing::info_span!("add to basket", "app.product" = "tea");
            spawn_local(add("tea", basket.clone()).instrument(span));
        })
    };
    let check_out = {
        let basket = basket.clone();
        Callback::from(move |_| {
            let _span = tracing::info_span!("check out").entered();
            let first = basket.first().expect("the basket has a product");
            tracing::info!(first, "checked out");
        })
    };
    html! {
        <main>
            <h1>{ "Shop" }</h1>
            <button id="add" onclick={add}>{ "Add tea" }</button>
            <button id="check-out" onclick={check_out}>{ "Check out" }</button>
            <p id="basket">{ basket.join(", ") }</p>
        </main>
    }
}

/// Asks the server for a product and puts it into the basket.
async fn add(product: &'static str, basket: UseStateHandle<Vec<String>>) {
    let api = setting("api").unwrap_or_default();
    let outcome = web::fetch(&format!("{api}/api/products?name={product}")).await;
    let is_there = outcome.is_ok_and(|response| response.ok());
    if !is_there {
        tracing::warn!(product, "the server has no such product");
        return;
    }
    // A library that knows no telemetry. Beside the JavaScript package its request is in our span.
    let _ = web_sys::window().map(|window| window.fetch_with_str("/api/popular"));
    // A library that knows OpenTelemetry alone.
    let price = global::tracer("prices").in_span("price", |context| {
        context
            .span()
            .set_attribute(KeyValue::new("app.currency", "EUR"));
        7
    });
    let mut products = (*basket).clone();
    products.push(format!("{product} for {price}"));
    tracing::info!(product, price, count = products.len(), "added");
    basket.set(products);
}

/// A setting of where the shop is deployed: the content of `<meta name="…">`.
fn setting(name: &str) -> Option<String> {
    let document = web_sys::window()?.document()?;
    let found = document.query_selector(&format!("meta[name={name}]"));
    found.ok().flatten()?.get_attribute("content")
}
