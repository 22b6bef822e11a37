package import WherryModel

extension Platform {
  /// With the spellings in use made one and default variants left out or put in, as containerd's
  /// `platforms.Normalize`: `linux/aarch64` and `linux/arm64/v8` are `linux/arm64`.
  package var normalized: Platform {
    let os = os.lowercased()
    var architecture = architecture.lowercased()
    var variant = variant?.lowercased()
    switch architecture {
    case "x86_64", "x86-64", "amd64":
      architecture = "amd64"
      if variant == "v1" { variant = nil }
    case "aarch64", "arm64":
      architecture = "arm64"
      if variant == "8" || variant == "v8" { variant = nil }
    case "armhf": (architecture, variant) = ("arm", "v7")
    case "armel": (architecture, variant) = ("arm", "v6")
    case "arm":
      switch variant {
      case nil, "", "7": variant = "v7"
      case "5", "6", "8": variant = variant.map { "v\($0)" }
      default: break
      }
    case "i386", "i686": (architecture, variant) = ("386", nil)
    default: break
    }
    return Platform(os: os, architecture: architecture, variant: variant == "" ? nil : variant)
  }

  /// The normalised platforms whose programs a machine of this one runs, best first.
  package var runnable: [Platform] {
    let own = normalized
    let older: [String?] =
      switch (own.architecture, own.variant) {
      case ("arm", "v8"): ["v7", "v6", "v5"]
      case ("arm", "v7"): ["v6", "v5"]
      case ("arm", "v6"): ["v5"]
      case ("amd64", "v4"): ["v3", "v2", nil]
      case ("amd64", "v3"): ["v2", nil]
      case ("amd64", "v2"): [nil]
      case ("arm64", .some): [nil]
      default: []
      }
    return [own] + older.map { Platform(os: own.os, architecture: own.architecture, variant: $0) }
  }
}
