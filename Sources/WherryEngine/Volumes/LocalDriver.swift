import WherryLinux
import WherryModel

/// Volumes of the device: a folder of their own, or, with options, a file system that is mounted while it is used.
enum LocalDriver {
  static let name = "local"
  private static let keys: Set<String> = ["type", "device", "o"]
  private static let maximumValue = 4095

  /// Docker's rules: nothing, or a type with a device and perhaps `o`.
  static func validate(_ options: [String: String]) throws(WherryError) {
    for (key, value) in options.sorted(by: { $0.key < $1.key }) {
      guard keys.contains(key) else {
        throw SpecValidation.invalid(
          "invalid option: \(Printable.text(key).debugDescription)",
          hint: "the local driver knows type, device and o, as mount(8) does")
      }
      guard value.utf8.count <= maximumValue, !value.utf8.contains(0) else {
        throw SpecValidation.invalid(
          "option \(key) is longer than \(maximumValue) bytes or holds a zero byte")
      }
    }
    if options.isEmpty { return }
    for key in ["type", "device"] where (options[key] ?? "").isEmpty {
      throw SpecValidation.invalid(
        "missing required option: \"\(key)\"", hint: "such as -o type=tmpfs -o device=tmpfs -o o=size=64m")
    }
    if MountOptions(options["o"] ?? "").data.contains(where: { $0 == "remount" || $0.hasPrefix("loop") }) {
      throw SpecValidation.invalid("option o: remount and loop are mount(8)'s own and not supported")
    }
  }

  /// Mounts what the options say. Blocks.
  static func mount(_ options: [String: String], on path: String, volume: String) throws(WherryError) {
    let type = options["type"] ?? ""
    let device = options["device"] ?? ""
    var wanted = MountOptions(options["o"] ?? "")
    try resolveAddress(&wanted.data, type: type, volume: volume)
    let isBind = wanted.flags.contains(.bind)
    let data = wanted.data.isEmpty || isBind ? nil : wanted.data.joined(separator: ",")
    do throws(SystemError) {
      // A read-only bind mount is made in two steps, mount(2).
      let first: Mount.Flags =
        isBind ? wanted.flags.intersection([.bind, .recursive]) : wanted.flags
      try Mount.mount(device, on: path, type: isBind ? nil : type, flags: first, data: data)
      do throws(SystemError) {
        let rest = wanted.flags.subtracting([.bind, .recursive])
        if isBind, !rest.isEmpty {
          try Mount.mount("none", on: path, flags: rest.union([.bind, .remount]))
        }
        // What is unmounted here later must stay where it is.
        let own: Mount.Flags? = isBind && wanted.flags.contains(.recursive) ? [.slave, .recursive] : nil
        if let change = wanted.propagation ?? own { try Mount.mount("none", on: path, flags: change) }
      } catch {
        try Mount.unmount(path, [.noFollow, .detach])
        throw error
      }
    } catch {
      let what = isBind ? "bind \(device)" : "\(type) \(device)"
      throw WherryError(
        .failedPrecondition,
        "error while mounting volume '\(volume)': mount \(Printable.text(what))"
          + "\(data.map { ", data: \(hidingSecrets($0))" } ?? ""): \(error.reason)",
        hint: "see what it says: wherry volume inspect \(volume)", cause: error)
    }
  }

  /// The kernel's NFS and CIFS want an address in digits.
  private static func resolveAddress(
    _ data: inout [String], type: String, volume: String
  ) throws(WherryError) {
    guard type.hasPrefix("nfs") || type == "cifs" else { return }
    data = try data.map { (option) throws(WherryError) in
      guard option.hasPrefix("addr=") else { return option }
      let host = String(option.dropFirst("addr=".count))
      guard let address = HostAddress.numeric(host) else {
        throw WherryError(
          .unavailable,
          "error while mounting volume '\(volume)': no address of \(Printable.text(host)) is known",
          hint: "is there a network?")
      }
      return "addr=\(address)"
    }
  }

  /// `password=` of CIFS is nobody's business (B10).
  private static func hidingSecrets(_ data: String) -> String {
    data.split(separator: ",").map { part in
      part.hasPrefix("password=") || part.hasPrefix("pass=") ? "password=…" : Printable.text(String(part))
    }.joined(separator: ",")
  }
}
