package import WherryModel
package import WherryOCI

/// What removing an image does, decided as Docker's `ImageDelete`: a name is taken off first, and the image goes with
/// its last name unless a container needs it.
package struct ImageRemoval: Sendable, Equatable {
  /// Names to take off, tags first.
  package var untagged: [Reference] = []
  /// Whether the image itself goes.
  package var deletes = false

  package struct User: Sendable, Equatable {
    package var name: String
    package var isRunning: Bool

    package init(name: String, isRunning: Bool) {
      self.name = name
      self.isRunning = isRunning
    }
  }

  /// Throws `conflict`.
  package init(of image: Image, by match: ImageLookup.Match, users: [User], force: Bool) throws(WherryError) {
    let running = users.first(where: \.isRunning)
    let stopped = users.first { !$0.isRunning }
    switch match {
    case .name(let reference):
      let isLast = image.references.count + (reference.digest == nil ? 0 : image.digests.count) <= 1
      if isLast, !force, let user = running ?? stopped {
        throw Self.conflict("name \(reference.familiar)", user)
      }
      if reference.digest == nil {
        untagged = [reference]
        let hasOtherTag = image.references.contains { $0.name == reference.name && $0 != reference }
        if !hasOtherTag { untagged += image.digests.filter { $0.name == reference.name } }
      } else {
        untagged = image.digests.filter { $0.name == reference.name && $0.digest == reference.digest }
      }
      let remaining = image.names.filter { !untagged.contains($0) }
      deletes = remaining.isEmpty && running == nil && (stopped == nil || force)
    case .id:
      if let running {
        throw WherryError(
          .conflict, "cannot remove image \(image.id.short): running container \(running.name) uses it",
          hint: "stop and remove the container first; this cannot be forced")
      }
      if !force, let stopped { throw Self.conflict("image \(image.id.short)", stopped) }
      if !force, image.references.count > 1 {
        throw WherryError(
          .conflict,
          "cannot remove image \(image.id.short): it has several names: "
            + image.references.map(\.familiar).joined(separator: ", "),
          hint: "remove it by name, or all with --force")
      }
      untagged = image.names
      deletes = true
    }
  }

  private static func conflict(_ what: String, _ user: User) -> WherryError {
    WherryError(
      .conflict, "cannot remove \(what): \(user.isRunning ? "running " : "")container \(user.name) uses it",
      hint: "remove the container first, or use --force")
  }
}
