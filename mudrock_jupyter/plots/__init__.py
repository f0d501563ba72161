"""How curves look: log plots and crossplots, as plotly figures."""
