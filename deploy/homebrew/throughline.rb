# Template of the Homebrew formula: `cargo xtask release` puts version and checksums in the braces,
# and writes throughline.rb for a tap.

# The edge as one program, with `throughline dev`.
class Throughline < Formula
  desc "Receives telemetry, stores and shows it, proxies requests and traces them"
  homepage "https://github.com/throughline/throughline"
  version "{version}"
  license any_of: ["Apache-2.0", "MIT"]

  if OS.linux? && Hardware::CPU.intel?
    url "https://github.com/throughline/throughline/releases/download/v{version}/throughline-{version}-linux-x64.tar.gz"
    sha256 "{linux-x64.sha256}"
  else
    url "https://github.com/throughline/throughline/releases/download/v{version}/throughline-{version}-source.tar.gz"
    sha256 "{source.sha256}"
    depends_on "rust" => :build
  end

  def install
    if File.exist?("Cargo.toml")
      system "cargo", "install", *std_cargo_args(path: "edge-worker/native")
      pkgetc.install "edge-worker/native/throughline.toml"
    else
      bin.install "throughline"
      pkgetc.install "throughline.toml"
    end
  end

  service do
    run [opt_bin/"throughline", "--config", etc/"throughline/throughline.toml"]
    keep_alive true
    log_path var/"log/throughline.log"
    error_log_path var/"log/throughline.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/throughline --version")
    (testpath/"wrong.toml").write "[ingst]\n"
    assert_match "did you mean", shell_output("#{bin}/throughline check wrong.toml 2>&1", 1)
  end
end
