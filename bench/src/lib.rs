//! What every bench needs: rows with a baseline, and times.

pub mod report;

pub mod timing;

pub mod servers;

pub mod load;

pub mod bare;

pub mod issuing;
