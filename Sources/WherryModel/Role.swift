/// What a peer may do. Each role includes the ones before it.
package enum Role: Int, Comparable, Sendable, CaseIterable {
  case viewer
  case `operator`
  case admin

  package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }

  package var name: String {
    switch self {
    case .viewer: "viewer"
    case .operator: "operator"
    case .admin: "admin"
    }
  }
}
