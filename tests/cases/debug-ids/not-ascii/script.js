f("Zürich ☕ 𝒳");
