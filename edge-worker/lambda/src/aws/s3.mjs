// A bucket of S3.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
import { send } from "./client.mjs";

export class Bucket {
  #base;
  #region;

  /** A bucket by its name. The variable AWS_ENDPOINT_URL_S3 names another service than AWS's. */
  constructor(name, region, endpoint = process.env.AWS_ENDPOINT_URL_S3) {
    const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    this.#base = endpoint ? `${endpoint.replace(/\/+$/, "")}/${name}/` : `https://${name}.s3.${region}.${domain}/`;
    this.#region = region;
  }

  /** Stores an object. Keys are letters, digits and `-_./`. */
  async put(key, bytes, deadline) {
    await this.#send("PUT", key, bytes, deadline);
  }

  /** The bytes of an object; `undefined` where there is none. */
  async get(key) {
    try {
      return (await this.#send("GET", key)).body;
    } catch (error) {
      if (error.status === 404 && error.code === "NoSuchKey") return undefined;
      throw error;
    }
  }

  /** Removes an object, where there is one. */
  async remove(key) {
    await this.#send("DELETE", key);
  }

  #send(method, key, body = "", deadline) {
    const headers = { "content-type": "application/octet-stream" };
    return send({ method, url: new URL(key, this.#base), headers, body }, { service: "s3", region: this.#region }, deadline);
  }
}
