/// From which input positions a resized position is mixed, and with what weights.
enum ResampleKernel {
    /// A cubic curve through the four nearest; beyond the edge the edge repeats.
    case cubic
    /// A cubic bell or a triangle that widens as the size shrinks; what lies beyond the edge is left out and the rest adds up to 1.
    case widenedCubic, widenedLinear

    /// The weights as a row-major matrix of `output` rows over `input` columns. In single precision, as PyTorch computes coordinates.
    func matrix(input: Int, output: Int, scale: Float, alignsCorners: Bool) -> [Double] {
        var matrix = Array(repeating: 0.0, count: output * input)
        for index in 0..<output {
            for (place, weight) in self == .cubic ? cubic(index, scale, alignsCorners) : widened(index, scale, input) {
                matrix[index * input + min(max(place, 0), input - 1)] += Double(weight)
            }
        }
        return matrix
    }

    private func cubic(_ index: Int, _ scale: Float, _ alignsCorners: Bool) -> [(Int, Float)] {
        let place = alignsCorners ? scale * Float(index) : scale * (Float(index) + 0.5) - 0.5
        let first = place.rounded(.down)
        return (-1...2).map { (Int(first) + $0, Self.bell(abs(place - first - Float($0)), -0.75)) }
    }

    private func widened(_ index: Int, _ scale: Float, _ input: Int) -> [(Int, Float)] {
        let stretch = max(scale, 1)
        let support = (self == .widenedCubic ? 2 : 1) * stretch
        let centre = scale * (Float(index) + 0.5)
        let first = max(Int(centre - support + 0.5), 0)
        let end = min(Int(centre + support + 0.5), input)
        let places = Array(first..<max(end, first))
        let weights = places.map { place in
            let distance = abs((Float(place) - centre + 0.5) / stretch)
            return self == .widenedCubic ? Self.bell(distance, -0.5) : max(1 - distance, 0)
        }
        let sum = weights.reduce(0, +)
        return zip(places, weights).map { ($0, sum == 0 ? 0 : $1 / sum) }
    }

    /// Keys' cubic convolution kernel.
    private static func bell(_ distance: Float, _ coefficient: Float) -> Float {
        let x = distance
        if x <= 1 { return ((coefficient + 2) * x - (coefficient + 3)) * x * x + 1 }
        return x < 2 ? ((coefficient * x - 5 * coefficient) * x + 8 * coefficient) * x - 4 * coefficient : 0
    }
}
