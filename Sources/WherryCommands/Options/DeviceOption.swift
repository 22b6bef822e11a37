import WherryWire

/// `--device` and `--gpus`.
enum DeviceOption {
  enum Parsed: Equatable {
    case node(Device)
    /// Of the Container Device Interface.
    case name(String)
  }

  /// `HOST[:CONTAINER][:rwm]` or `VENDOR/CLASS=NAME`.
  static func parse(_ text: String) throws(OptionError) -> Parsed {
    if !text.hasPrefix("/"), let equals = text.firstIndex(of: "="), text[..<equals].contains("/") {
      return .name(text)
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let path = parts.first, path.hasPrefix("/"), parts.count <= 3, !parts.contains("") else {
      throw OptionError("invalid device specification: \(text)")
    }
    var device = Device(path: path)
    for part in parts.dropFirst() {
      if part.hasPrefix("/"), device.target == nil, device.access == nil {
        device.target = part
      } else if device.access == nil, part.allSatisfy({ "rwm".contains($0) }) {
        device.access = part
      } else {
        throw OptionError("invalid device specification: \(text): bad mode specified: \(part)")
      }
    }
    return .node(device)
  }

  /// `all`, a number of GPUs, or `device=ID[,ID…]`: the names NVIDIA's tools give them.
  static func gpus(_ text: String) throws(OptionError) -> [String] {
    let value = text.filter { $0 != "\"" }
    if value == "all" || value == "-1" { return ["nvidia.com/gpu=all"] }
    if let count = Int(value), (1...64).contains(count) { return (0..<count).map { "nvidia.com/gpu=\($0)" } }
    guard value.hasPrefix("device=") else {
      throw OptionError("\(text): write all, a number, or device=0,1")
    }
    let names = value.dropFirst("device=".count).split(separator: ",", omittingEmptySubsequences: false)
    guard !names.contains(""), names.allSatisfy({ !$0.contains("=") }) else {
      throw OptionError("\(text): write device=0,1")
    }
    return names.map { "nvidia.com/gpu=\($0)" }
  }
}
