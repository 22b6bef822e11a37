/// The OCI runtime configuration, `config.json` of a bundle (opencontainers/runtime-spec, config.md
/// and config-linux.md). Only what Wherry sets; absent members are left out of the document.
package struct RuntimeSpec: Sendable, Equatable, Codable {
  package var ociVersion: String
  package var process: Process
  package var root: Root
  package var hostname: String?
  package var mounts: [Mount]
  package var linux: Linux
  package var annotations: [String: String]?
  /// By `prestart`, `createRuntime` and so on.
  package var hooks: [String: [Hook]]?

  package init(
    ociVersion: String = "1.0.2", process: Process, root: Root, hostname: String? = nil,
    mounts: [Mount] = [], linux: Linux = Linux(), annotations: [String: String]? = nil,
    hooks: [String: [Hook]]? = nil
  ) {
    self.hooks = hooks
    self.ociVersion = ociVersion
    self.process = process
    self.root = root
    self.hostname = hostname
    self.mounts = mounts
    self.linux = linux
    self.annotations = annotations
  }

  /// A program of the device's that the runtime runs (config.md, "POSIX-platform Hooks").
  package struct Hook: Sendable, Equatable, Codable {
    package var path: String
    package var args: [String]?
    package var env: [String]?
    /// Seconds.
    package var timeout: Int?

    package init(path: String, args: [String]? = nil, env: [String]? = nil, timeout: Int? = nil) {
      self.path = path
      self.args = args
      self.env = env
      self.timeout = timeout
    }
  }

  /// The container's root filesystem (config.md, "Root").
  package struct Root: Sendable, Equatable, Codable {
    package var path: String
    package var readonly: Bool

    package init(path: String, readonly: Bool = false) {
      self.path = path
      self.readonly = readonly
    }
  }

  /// One mount, in the order they are made (config.md, "Mounts").
  package struct Mount: Sendable, Equatable, Codable {
    package var destination: String
    package var type: String?
    package var source: String?
    package var options: [String]?

    package init(destination: String, type: String? = nil, source: String? = nil, options: [String]? = nil) {
      self.destination = destination
      self.type = type
      self.source = source
      self.options = options
    }
  }
}
