//! The affine matrices of PDF graphics, as far as placing text needs them.

use lopdf::Object;

/// Maps `(x, y)` to `(a x + c y + e, b x + d y + f)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matrix {
    pub a: f32,
    pub b: f32,
    pub c: f32,
    pub d: f32,
    pub e: f32,
    pub f: f32,
}

impl Matrix {
    /// Leaves everything in place.
    pub const IDENTITY: Self = Self { a: 1.0, b: 0.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };

    /// Moves by `(x, y)`.
    pub fn translation(x: f32, y: f32) -> Self {
        Self { e: x, f: y, ..Self::IDENTITY }
    }

    /// The matrix written as six operands.
    pub fn from_operands(operands: &[Object]) -> Option<Self> {
        let [a, b, c, d, e, f] = operands else { return None };
        let number = |object: &Object| object.as_float().ok();
        Some(Self {
            a: number(a)?,
            b: number(b)?,
            c: number(c)?,
            d: number(d)?,
            e: number(e)?,
            f: number(f)?,
        })
    }

    /// First this mapping, then `next`.
    pub fn then(self, next: Self) -> Self {
        Self {
            a: self.a * next.a + self.b * next.c,
            b: self.a * next.b + self.b * next.d,
            c: self.c * next.a + self.d * next.c,
            d: self.c * next.b + self.d * next.d,
            e: self.e * next.a + self.f * next.c + next.e,
            f: self.e * next.b + self.f * next.d + next.f,
        }
    }

    /// The length of the mapped unit along the baseline.
    pub fn width(self) -> f32 {
        self.a.hypot(self.b)
    }

    /// The length of the mapped unit across the baseline.
    pub fn height(self) -> f32 {
        self.c.hypot(self.d)
    }

    /// The origin's place along and across this mapping's own baseline, so that
    /// rotated text has lines too.
    pub fn place(self) -> (f32, f32) {
        let width = self.width();
        if width == 0.0 {
            return (self.e, self.f);
        }
        let (cos, sin) = (self.a / width, self.b / width);
        (self.e * cos + self.f * sin, self.f * cos - self.e * sin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_chain_and_lines_rotate() {
        let scale = Matrix { a: 2.0, d: 3.0, ..Matrix::IDENTITY };
        let moved = Matrix::translation(1.0, 1.0).then(scale);
        assert_eq!((moved.e, moved.f), (2.0, 3.0));
        let turned = Matrix { a: 0.0, b: 1.0, c: -1.0, d: 0.0, e: 5.0, f: 7.0 };
        assert_eq!(turned.place(), (7.0, -5.0));
        assert_eq!(Matrix::from_operands(&[Object::Null]), None);
    }
}
