// Methods, `this`, `super`, private members, accessors, `arguments`, default parameters, `new.target`.

export default async function ({ request, log }) {
  class Base {
    async load(path) {
      await null;
      request(`base ${path}`, "a");
      return `base ${path}`;
    }
  }
  class Shop extends Base {
    #secret = 1;
    field = async () => {
      await null;
      request("in a field", "a");
      return this.#secret;
    };
    static async make() {
      await null;
      return new this();
    }
    async load(path, ...rest) {
      await null;
      const own = this.#secret;
      return [await super.load(path), arguments.length, rest, own, await this.field(), new.target];
    }
    async *[Symbol.asyncIterator]() {
      yield this.#secret;
      await null;
      yield super.load;
    }
    async "quoted name"(one = arguments.length, { two = one } = {}) {
      await null;
      request("default parameters", "a");
      return [one, two, (function () { return this; })()];
    }
  }
  const shop = await Shop.make();
  log(await shop.load("x", 1, 2), await shop["quoted name"](), shop.load.length, shop.field.name);
  for await (const one of shop) log(typeof one);
}
