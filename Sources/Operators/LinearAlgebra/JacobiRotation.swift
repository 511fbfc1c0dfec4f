/// The rotation that makes two directions stand at right angles, as Jacobi's methods for eigenvalues and singular values repeat it until nothing is left to turn.
struct JacobiRotation {
    /// Sweeps over all pairs after which rotations change nothing that a double holds.
    static let sweeps = 40

    private let cosine: Double
    private let sine: Double

    /// For the symmetric matrix `[[first, mixed], [mixed, second]]`, by the smaller of the two angles.
    init(_ first: Double, _ second: Double, mixed: Double) {
        let turn = (second - first) / (2 * mixed)
        let tangent = (turn < 0 ? -1 : 1) / (abs(turn) + (turn * turn + 1).squareRoot())
        cosine = 1 / (tangent * tangent + 1).squareRoot()
        sine = tangent * cosine
    }

    func callAsFunction(_ left: Double, _ right: Double) -> (Double, Double) {
        (cosine * left - sine * right, sine * left + cosine * right)
    }
}
