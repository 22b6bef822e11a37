/// The keys of `--mount`, as Docker 28 knows them.
struct MountFields {
  private(set) var type = "volume"
  private(set) var source: String?
  private(set) var target: String?
  private(set) var readOnly: Bool?
  private(set) var noCopy = false
  private(set) var subpath: String?
  private(set) var driver: String?
  private(set) var driverOptions: [String: String] = [:]
  private(set) var labels: [String: String] = [:]
  /// As options of the mount.
  private(set) var tmpfs: [String] = []
  private var propagation: String?
  private var recursion: String?
  private var isNonRecursive = false
  private var createsSource = false
  /// `bind`, `volume` and `tmpfs`, where a key of theirs was given.
  private var kinds: Set<String> = []

  mutating func add(_ field: String) throws(OptionError) {
    let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let key = pair[0].lowercased()
    if let dash = key.firstIndex(of: "-"), ["bind", "volume", "tmpfs"].contains(String(key[..<dash])) {
      kinds.insert(String(key[..<dash]))
    }
    guard pair.count == 2 else {
      switch key {
      case "readonly", "ro": readOnly = true
      case "volume-nocopy": noCopy = true
      case "bind-nonrecursive": isNonRecursive = true
      case "bind-create-src": createsSource = true
      default: throw OptionError("invalid field '\(field)' must be a key=value pair")
      }
      return
    }
    let value = pair[1]
    switch key {
    case "type": type = value.lowercased()
    case "source", "src": source = value
    case "target", "dst", "destination": target = value
    case "readonly", "ro": readOnly = try Self.bool(key, value)
    // Docker Desktop's; without a meaning here.
    case "consistency": break
    case "bind-propagation":
      guard VolumeOption.propagations.contains(value.lowercased()) else {
        throw OptionError("invalid value for bind-propagation: \(value)")
      }
      propagation = value.lowercased()
    case "bind-nonrecursive": isNonRecursive = try Self.bool(key, value)
    case "bind-create-src": createsSource = try Self.bool(key, value)
    case "bind-recursive":
      guard ["enabled", "disabled", "writable", "readonly"].contains(value) else {
        throw OptionError(
          "invalid value for bind-recursive: \(value) "
            + "(must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")")
      }
      recursion = value
    case "volume-nocopy": noCopy = try Self.bool(key, value)
    case "volume-driver": driver = value
    case "volume-subpath": subpath = value
    case "volume-label":
      let label = Self.pair(value)
      labels[label.key] = label.value
    case "volume-opt":
      let option = Self.pair(value)
      driverOptions[option.key] = option.value
    case "tmpfs-size":
      do throws(OptionError) {
        tmpfs.append("size=\(try MemorySize.parse(value))")
      } catch {
        throw OptionError("invalid value for \(key): \(value)")
      }
    case "tmpfs-mode":
      guard UInt16(value, radix: 8) != nil else { throw OptionError("invalid value for \(key): \(value)") }
      tmpfs.append("mode=\(value)")
    default: throw OptionError("unexpected key '\(key)' in '\(field)'")
    }
  }

  func requireOnly(ofKind kind: String) throws(OptionError) {
    for other in kinds.sorted() where other != kind {
      throw OptionError("cannot mix '\(other)-*' options with mount type '\(kind)'")
    }
  }

  /// As the daemon knows them; a source that is missing is not made, unless that was asked for.
  func bindOptions() throws(OptionError) -> [String]? {
    var options: [String] = []
    if let propagation { options.append(propagation) }
    switch recursion {
    case "disabled": options.append("bind")
    case "writable": options.append("norro")
    case "readonly":
      guard readOnly ?? false else {
        throw OptionError(
          "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction")
      }
      guard propagation == "rprivate" else {
        throw OptionError(
          "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction"
        )
      }
      options.append("rro")
    default: if isNonRecursive { options.append("bind") }
    }
    if !createsSource { options.append("nocreate") }
    return options.isEmpty ? nil : options
  }

  private static func pair(_ text: String) -> (key: String, value: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return (parts[0], parts.count == 2 ? parts[1] : "")
  }

  /// The spellings of Go's `strconv.ParseBool`.
  private static func bool(_ key: String, _ text: String) throws(OptionError) -> Bool {
    switch text {
    case "1", "t", "T", "true", "TRUE", "True": return true
    case "0", "f", "F", "false", "FALSE", "False": return false
    default: throw OptionError("invalid value for \(key): \(text)")
    }
  }
}
