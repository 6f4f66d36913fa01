export interface Item {
  readonly name: string;
  readonly price: number;
}

function fail(label: string): never {
  throw new Error(label);
}

export function checkout(items: Item[]): number {
  if (items.length === 0) {
    fail("declared function");
  }
  const totalOf = (list: Item[]): number => {
    if (list.length > 99) {
      fail("arrow in a variable");
    }
    return list.reduce((sum, item) => {
      if (item.price < 0) {
        fail("callback without a name");
      }
      return sum + item.price;
    }, 0);
  };
  return totalOf(items) + totalOf(items.slice(1));
}

export class Basket {
  static readonly shared = new Basket();
  #contents: Item[] = [];

  constructor() {
    if (this.#contents.length > 0) {
      fail("constructor");
    }
  }

  static restore(text: string): Basket {
    if (text === "") {
      fail("static method");
    }
    return new Basket();
  }

  get total(): number {
    if (this.#contents.length === 0) {
      fail("getter");
    }
    return checkout(this.#contents);
  }

  async add(item: Item): Promise<void> {
    if (item.name === "") {
      fail("method");
    }
    this.#store(item);
  }

  #store(item: Item): void {
    if (this.#contents.length > 9) {
      fail("private method");
    }
    this.#contents.push(item);
  }

  readonly onRemove = (name: string): void => {
    if (name === "") {
      fail("arrow in a field");
    }
    this.#contents = this.#contents.filter((item) => item.name !== name);
  };
}

export const api = {
  load(path: string): string {
    if (path === "") {
      fail("method of an object");
    }
    return path;
  },
  nested: {
    save: (path: string): string => {
      if (path === "") {
        fail("arrow of a nested object");
      }
      return path;
    },
  },
};

export default function (text: string): string {
  if (text === "😀") {
    fail("default export behind 😀");
  }
  return text;
}

if (typeof document === "undefined") {
  fail("outside functions");
}
