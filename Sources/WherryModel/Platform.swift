/// An OCI platform: `os/architecture[/variant]` (image-index.md, "platform").
package struct Platform: Hashable, Sendable, CustomStringConvertible {
  package var os: String
  package var architecture: String
  package var variant: String?

  package init(os: String, architecture: String, variant: String? = nil) {
    self.os = os
    self.architecture = architecture
    self.variant = variant
  }

  /// Parses `linux/arm64` or `linux/arm/v7`. Throws `invalidArgument`.
  package init(_ text: String) throws(WherryError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(parts.count), !parts.contains(where: \.isEmpty), text.utf8.count <= 128 else {
      throw WherryError(
        .invalidArgument, "invalid platform \(text.prefix(80).debugDescription)",
        hint: "write os/architecture[/variant], such as linux/arm64")
    }
    self.init(os: parts[0], architecture: parts[1], variant: parts.count == 3 ? parts[2] : nil)
  }

  /// The platform this binary was built for.
  package static var current: Platform {
    #if arch(x86_64)
      Platform(os: "linux", architecture: "amd64")
    #elseif arch(arm64)
      Platform(os: "linux", architecture: "arm64", variant: "v8")
    #elseif arch(arm)
      Platform(os: "linux", architecture: "arm", variant: "v7")
    #else
      Platform(os: "linux", architecture: "unknown")
    #endif
  }

  package var description: String {
    [os, architecture, variant].compactMap(\.self).joined(separator: "/")
  }
}
