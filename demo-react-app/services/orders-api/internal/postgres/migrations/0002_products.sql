INSERT INTO products (sku, name, description, price_cents) VALUES
    ('kettle',   'Stovetop kettle',  'Whistles at a hundred degrees, and not before.',  4900),
    ('mug',      'Stoneware mug',    'Three hundred millilitres, dishwasher safe.',     1450),
    ('lamp',     'Reading lamp',     'Warm light, a long neck and a heavy foot.',       6900),
    ('notebook', 'Dotted notebook',  'Two hundred pages that lie flat.',                1200),
    ('blanket',  'Wool blanket',     'A hundred and thirty by two hundred centimetres.', 8900),
    ('clock',    'Wall clock',       'Silent hands, one battery a year.',               3900);
