/// The greatest difference, relative to the greatest magnitude; equal infinities do not differ, and a NaN equals a NaN.
package func relativeError(_ found: [Double], _ wanted: [Double]) -> Double {
    guard found.count == wanted.count else { return .infinity }
    let scale = wanted.filter(\.isFinite).map(abs).max() ?? 0
    let difference = zip(found, wanted).map { $0 == $1 || $0.isNaN && $1.isNaN ? 0 : abs($0 - $1) }
    guard difference.allSatisfy(\.isFinite), let greatest = difference.max() else { return difference.isEmpty ? 0 : .infinity }
    return scale == 0 ? greatest : greatest / scale
}
