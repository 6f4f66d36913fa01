CREATE TABLE products (
    sku         text PRIMARY KEY,
    name        text NOT NULL,
    description text NOT NULL,
    price_cents bigint NOT NULL CHECK (price_cents > 0)
);

CREATE TABLE orders (
    number      bigint GENERATED ALWAYS AS IDENTITY (START WITH 1001) PRIMARY KEY,
    quote_id    uuid NOT NULL UNIQUE,
    currency    text NOT NULL,
    total_cents bigint NOT NULL CHECK (total_cents > 0),
    placed_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE order_lines (
    order_number bigint NOT NULL REFERENCES orders (number),
    sku          text NOT NULL REFERENCES products (sku),
    quantity     integer NOT NULL CHECK (quantity > 0),
    unit_cents   bigint NOT NULL,
    total_cents  bigint NOT NULL,
    PRIMARY KEY (order_number, sku)
);

-- What the pricing service offered, bought or not; written by the queue's consumer.
CREATE TABLE quotes (
    id          uuid PRIMARY KEY,
    currency    text NOT NULL,
    total_cents bigint NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
