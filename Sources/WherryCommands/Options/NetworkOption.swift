import WherryWire

/// `--network NAME`, or `name=NAME,alias=…,ip=…,ip6=…,mac-address=…` (docker/cli, opts.NetworkOpt).
enum NetworkOption {
  static func parse(_ text: String) throws(OptionError) -> NetworkAttachment {
    guard text.contains("=") else {
      guard !text.isEmpty else { throw OptionError("network name is empty") }
      return NetworkAttachment(name: text)
    }
    var attachment = NetworkAttachment(name: "")
    var aliases: [String] = []
    for field in text.split(separator: ",") {
      let halves = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      guard halves.count == 2 else { throw OptionError("invalid field \(field)") }
      switch halves[0].lowercased().trimmed {
      case "name": attachment.name = halves[1].trimmed
      case "alias": aliases.append(halves[1].trimmed)
      case "ip": attachment.ipv4 = halves[1].trimmed
      case "ip6": attachment.ipv6 = halves[1].trimmed
      case "mac-address": attachment.mac = halves[1].trimmed
      default: throw OptionError("invalid field key \(halves[0])")
      }
    }
    guard !attachment.name.isEmpty else { throw OptionError("network name/id is not specified") }
    if !aliases.isEmpty { attachment.aliases = aliases }
    return attachment
  }
}
