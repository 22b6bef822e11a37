import WherryModel
import WherryStore
import WherryWire

/// What clean-up knows of images. Of a damaged record nobody knows whether it said that its image is pinned.
extension CheckSession {
  mutating func checkUses() async throws {
    for hex in try await look({ [scan, state] in try scan.names(state.imageUses) }) {
      guard let id = Digest(sha256Hex: hex) else { continue }
      result.records += 1
      let failure = try await look { [context] () -> WherryError? in
        do throws(WherryError) { _ = try context.store.uses.find(id) } catch { return error }
        return nil
      }
      guard let failure, failure.code == .dataLoss else { continue }
      try await report(
        .damaged(
          "image", id.short, "what clean-up knows of it is damaged: \(failure.message)",
          remedy: CheckFinding.repairHint)
      ) { session in
        try await session.context.images.keep(id)
        return .repaired(
          movedTo: nil, hint: "it is pinned now; where that is not wanted: wherry image unpin \(id.short)")
      }
    }
  }
}
