import Basics

/// Cosines and sines of the discrete Fourier transform of real signals as matrices: a transform is then a product with a constant.
///
///     forward[f][k] = cos(2πfk / N),  forward[F + f][k] = −sin(2πfk / N)
///     inverse[f][k] = c · cos(2πfk / N),  inverse[F + f][k] = −c · sin(2πfk / N)    c = 1 for bins without a mirror image, else 2
struct FourierBasis {
    // LIMIT: the product costs N operations per result where a fast transform costs log N, and the matrix N² numbers; a transform in stages needs
    // kernels that exchange elements at a distance. Larger ones are refused.
    /// Points of the largest transform.
    static let pointLimit = 2048

    /// N, the points of the signal.
    let points: Int

    /// F, the bins from 0 to the Nyquist frequency.
    var bins: Int { points / 2 + 1 }

    /// `[2 · bins, N]`, row-major, for the first `bins` of N.
    func forward(bins: Int, scale: Double) -> [Double] {
        let table = turns()
        return (0..<2 * bins).flatMap { row in
            (0..<points).map { point in
                let (cosine, sine) = table[row % bins * point % points]
                return scale * (row < bins ? cosine : -sine)
            }
        }
    }

    /// `[2 · F, N]`, row-major.
    func inverse(scale: Double) -> [Double] {
        let table = turns()
        return (0..<2 * bins).flatMap { row in
            let bin = row % bins
            let mirrored = bin == 0 || 2 * bin == points ? scale : 2 * scale
            return (0..<points).map { point in
                let (cosine, sine) = table[bin * point % points]
                return mirrored * (row < bins ? cosine : -sine)
            }
        }
    }

    /// Cosine and sine of each N-th part of a turn; exact at its quarters.
    private func turns() -> [(cosine: Double, sine: Double)] {
        (0..<points).map { part in
            switch 4 * part {
            case 0: (1, 0)
            case points: (0, 1)
            case 2 * points: (-1, 0)
            case 3 * points: (0, -1)
            default:
                (
                    ElementaryFunctions.cosine(2 * .pi * Double(part) / Double(points)),
                    ElementaryFunctions.sine(2 * .pi * Double(part) / Double(points))
                )
            }
        }
    }
}
