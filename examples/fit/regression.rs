//! Multinomial logistic regression with L2 regularisation and no intercept, by L-BFGS. One thread and a fixed order of
//! every sum, so that the same rows give the same weights.

/// Steps of the optimiser.
const STEPS: usize = 120;
/// Steps that the optimiser remembers.
const MEMORY: usize = 10;
/// Halvings of one step before the optimiser stops.
const HALVINGS: usize = 30;

/// What is classified: the features that it has, and its class.
pub struct Row<const CLASSES: usize> {
    /// Indices of features, each once.
    pub features: Vec<usize>,
    /// How much each class is right, 1 in all: 1 for the label, or a share for others that can be defended.
    pub right: [f64; CLASSES],
}

/// The weights that fit `rows` best, feature by feature with a weight for each class. A row without features has
/// the probabilities `prior`, so that a weight is the log-odds which its feature adds.
pub fn fit<const CLASSES: usize>(
    rows: &[Row<CLASSES>],
    features: usize,
    prior: [f64; CLASSES],
    regularisation: f64,
) -> Vec<f64> {
    let problem = Problem { rows, prior: prior.map(f64::ln), regularisation };
    let mut weights = vec![0.0; features * CLASSES];
    let (mut loss, mut gradient) = problem.loss(&weights);
    let mut history: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    for _ in 0..STEPS {
        let direction = direction(&gradient, &history);
        let slope = dot(&direction, &gradient);
        let mut step = if history.is_empty() { 1.0 / norm(&gradient).max(1.0) } else { 1.0 };
        let mut next = None;
        for _ in 0..HALVINGS {
            let tried: Vec<f64> = weights.iter().zip(&direction).map(|(w, d)| w + step * d).collect();
            let (tried_loss, tried_gradient) = problem.loss(&tried);
            if tried_loss <= loss + 1e-4 * step * slope {
                next = Some((tried, tried_loss, tried_gradient));
                break;
            }
            step /= 2.0;
        }
        let Some((new_weights, new_loss, new_gradient)) = next else { break };
        let moved: Vec<f64> = new_weights.iter().zip(&weights).map(|(new, old)| new - old).collect();
        let turned: Vec<f64> = new_gradient.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        if dot(&moved, &turned) > 1e-12 {
            history.push((moved, turned));
        }
        if history.len() > MEMORY {
            history.remove(0);
        }
        (weights, loss, gradient) = (new_weights, new_loss, new_gradient);
    }
    weights
}

struct Problem<'a, const CLASSES: usize> {
    rows: &'a [Row<CLASSES>],
    prior: [f64; CLASSES],
    regularisation: f64,
}

impl<const CLASSES: usize> Problem<'_, CLASSES> {
    /// The negative log-likelihood with its penalty, and the gradient.
    fn loss(&self, weights: &[f64]) -> (f64, Vec<f64>) {
        let mut gradient: Vec<f64> = weights.iter().map(|weight| self.regularisation * weight).collect();
        let mut loss = 0.5 * self.regularisation * dot(weights, weights);
        for row in self.rows {
            let mut scores = self.prior;
            for feature in &row.features {
                for (class, score) in scores.iter_mut().enumerate() {
                    *score += weights[feature * CLASSES + class];
                }
            }
            let most = scores.iter().copied().fold(f64::MIN, f64::max);
            let odds = scores.map(|score| (score - most).exp());
            let total: f64 = odds.iter().sum();
            for (odds, right) in odds.iter().zip(row.right) {
                loss -= right * (odds / total).max(1e-300).ln();
            }
            for feature in &row.features {
                for (class, (odds, right)) in odds.iter().zip(row.right).enumerate() {
                    gradient[feature * CLASSES + class] += odds / total - right;
                }
            }
        }
        (loss, gradient)
    }
}

/// The direction of the next step: the gradient, corrected by what the last steps showed of the curvature.
fn direction(gradient: &[f64], history: &[(Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    let mut direction = gradient.to_vec();
    let mut factors = Vec::new();
    for (moved, turned) in history.iter().rev() {
        let factor = dot(moved, &direction) / dot(moved, turned);
        direction.iter_mut().zip(turned).for_each(|(d, t)| *d -= factor * t);
        factors.push(factor);
    }
    if let Some((moved, turned)) = history.last() {
        let scale = dot(moved, turned) / dot(turned, turned);
        direction.iter_mut().for_each(|d| *d *= scale);
    }
    for ((moved, turned), factor) in history.iter().zip(factors.into_iter().rev()) {
        let back = dot(turned, &direction) / dot(moved, turned);
        direction.iter_mut().zip(moved).for_each(|(d, m)| *d += (factor - back) * m);
    }
    direction.iter_mut().for_each(|d| *d = -*d);
    direction
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
