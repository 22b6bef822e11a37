extension UInt64 {
  /// The sum, or the largest number where there is no larger one: for sizes and counts that somebody else names.
  package static func saturatingSum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
