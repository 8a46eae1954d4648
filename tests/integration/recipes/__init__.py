"""Recipes on the engines that they are for."""
