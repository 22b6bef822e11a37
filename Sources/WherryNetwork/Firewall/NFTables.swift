import CLibNFTables
import WherryLinux
import WherryModel

/// libnftables(3): commands of nft(8) in process. Not for two threads at once.
enum NFTables {
  /// Runs `text` as one transaction.
  static func run(_ text: String) throws(WherryError) { _ = try output(text) }

  /// What the commands of `text` print. libnftables waits with select(2), which ends the process at a descriptor of 1024
  /// or more: it gets low ones, however many containers have theirs.
  static func output(_ text: String) throws(WherryError) -> String {
    guard wherry_nftables_load() == 0 else {
      throw WherryError(
        .unsupported, "libnftables cannot be loaded: \(String(cString: wherry_nftables_load_error()))",
        hint: "apt install libnftables1; without, use --network none or --network host")
    }
    var result = Result<String, WherryError>.failure(
      WherryError(.internal, "the packet rules were not looked at"))
    do throws(SystemError) {
      try LowDescriptors.run { result = Result { () throws(WherryError) in try output(ofLoaded: text) } }
    } catch {
      throw WherryError(error)
    }
    // Its parser and its copy of the kernel's rules: a third of what a small daemon has.
    ProcessMemory.trim()
    return try result.get()
  }

  private static func output(ofLoaded text: String) throws(WherryError) -> String {
    guard let context = nft_ctx_new(0) else {
      throw WherryError(.resourceExhausted, "libnftables has no memory")
    }
    defer { nft_ctx_free(context) }
    nft_ctx_buffer_output(context)
    nft_ctx_buffer_error(context)
    guard nft_run_cmd_from_buffer(context, text) != 0 else {
      return nft_ctx_get_output_buffer(context).map { String(cString: $0) } ?? ""
    }
    let message = nft_ctx_get_error_buffer(context).map { String(cString: $0) } ?? ""
    let line = message.split(separator: "\n").first.map { String($0.prefix(200)) } ?? "no reason given"
    throw WherryError(
      .unsupported, "the kernel does not take the packet rules: \(line)",
      hint: "it needs nf_tables with NAT (modprobe nf_tables nft_chain_nat nft_masq nft_fib_inet); "
        + "without, use --network none or --network host")
  }
}
