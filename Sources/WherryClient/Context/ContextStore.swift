import WherryLinux
package import WherryModel
import WherryOCI
import WherryTLS

/// The contexts of a user: `contexts/NAME/context.json` with certificates beside it, and which one is in use.
package struct ContextStore: Sendable {
  private let folder: ClientFolder

  package init(_ folder: ClientFolder) {
    self.folder = folder
  }

  private struct Settings: Codable {
    var currentContext: String?

    enum CodingKeys: String, CodingKey { case currentContext = "current-context" }
  }

  /// The one in use; `default` where none was chosen.
  package func current() throws(WherryError) -> String {
    let bytes = try read(folder.settings)
    guard let bytes else { return ConnectionContext.defaultName }
    let settings = try StrictJSON.decode(
      Settings.self, from: bytes, what: folder.settings, maximumSize: Self.maximumFile)
    return settings.currentContext ?? ConnectionContext.defaultName
  }

  /// The same; settings that the user may not read choose nothing and give a warning, as Docker's do: after `su` or
  /// `setpriv` without a login, `HOME` is still somebody else's.
  func current(_ warning: inout String?) throws(WherryError) -> String {
    do {
      return try current()
    } catch {
      guard let cause = error.cause as? SystemError, cause.isNotPermitted else { throw error }
      warning = "the client's settings are not used: \(error.message)"
      return ConnectionContext.defaultName
    }
  }

  /// Chooses one that exists.
  package func use(_ name: String) throws(WherryError) {
    if name != ConnectionContext.defaultName { _ = try context(name) }
    let settings = Settings(currentContext: name == ConnectionContext.defaultName ? nil : name)
    let bytes = try StrictJSON.encode(settings)
    try WherryError.converting("write the client's settings") { () throws(SystemError) in
      try Files.makeDirectories(folder.path)
      try Files.replace(folder.settings, bytes)
    }
  }

  /// Names in order, without `default`.
  package func names() throws(WherryError) -> [String] {
    let names = try WherryError.converting("list contexts") { () throws(SystemError) -> [String] in
      guard try Files.exists(folder.contexts) else { return [] }
      return try Files.list(folder.contexts)
    }
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }

  /// `default` is the local daemon. Throws `notFound`.
  package func context(_ name: String) throws(WherryError) -> ConnectionContext {
    if name == ConnectionContext.defaultName {
      return ConnectionContext(
        name: name, description: "The daemon on this machine", endpoint: .standard, tls: nil)
    }
    try ConnectionContext.check(name)
    let path = folder.contexts + "/" + name
    guard let bytes = try read(path + "/context.json") else {
      throw WherryError(
        .notFound, "context \(name.debugDescription) does not exist", hint: "see: wherry context ls")
    }
    let record = try StrictJSON.decode(
      ConnectionContext.Record.self, from: bytes, what: path + "/context.json", maximumSize: Self.maximumFile)
    let tls = TLSFiles(folder: path)
    let hasTLS = try WherryError.converting { () throws(SystemError) in try Files.exists(tls.certificate) }
    return ConnectionContext(
      name: name, description: record.description, endpoint: try Endpoint(record.host),
      tls: hasTLS ? tls : nil)
  }

  /// Stores one; its certificates are copied. Throws `conflict` where the name is taken.
  package func create(_ context: ConnectionContext) throws(WherryError) {
    try ConnectionContext.check(context.name)
    guard context.name != ConnectionContext.defaultName else {
      throw WherryError(.conflict, "the context \"default\" is always there", hint: "choose another name")
    }
    let record = ConnectionContext.Record(
      name: context.name, description: context.description, host: context.endpoint.description)
    let bytes = try StrictJSON.encode(record)
    let stagedName = "." + RandomName.next()
    let staged = folder.contexts + "/" + stagedName
    try WherryError.converting("create context \(context.name)") { () throws(SystemError) in
      try Files.makeDirectories(staged)
    }
    do {
      try WherryError.converting("create context \(context.name)") { () throws(SystemError) in
        if let tls = context.tls {
          let copies = TLSFiles(folder: staged)
          for (source, copy) in [
            (tls.ca, copies.ca), (tls.certificate, copies.certificate), (tls.key, copies.key),
          ] {
            try Files.write(copy, try Files.read(source, maximum: Self.maximumFile))
          }
        }
        try Files.write(staged + "/context.json", bytes)
        let parent = try FileDescriptor.open(folder.contexts, .directory)
        try parent.renameExclusively(stagedName, to: context.name, in: parent)
      }
    } catch {
      do { _ = try Files.removeTree(staged) } catch {}
      guard let cause = error.cause as? SystemError, cause.isNotEmpty else { throw error }
      throw WherryError(
        .conflict, "context \(context.name.debugDescription) already exists",
        hint: "remove it first: wherry context rm \(context.name)", cause: error)
    }
  }

  /// Throws `failedPrecondition` for the one in use, unless forced.
  package func remove(_ name: String, force: Bool) throws(WherryError) {
    guard name != ConnectionContext.defaultName else {
      throw WherryError(.invalidArgument, "context \"default\" cannot be removed")
    }
    _ = try context(name)
    if try current() == name {
      guard force else {
        throw WherryError(
          .failedPrecondition, "context \(name.debugDescription) is in use",
          hint: "set the force flag to remove it")
      }
      try use(ConnectionContext.defaultName)
    }
    try WherryError.converting("remove context \(name)") { () throws(SystemError) in
      _ = try Files.removeTree(folder.contexts + "/" + name)
    }
  }

  private static let maximumFile = 64 << 10

  private func read(_ path: String) throws(WherryError) -> [UInt8]? {
    try WherryError.converting { () throws(SystemError) in
      try Files.readIfPresent(path, maximum: Self.maximumFile)
    }
  }
}
