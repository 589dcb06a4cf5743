from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("transfer", "0001_initial"),
    ]

    operations = [
        migrations.RenameModel("ImportJob", "Job"),
        migrations.AddField(
            model_name="job",
            name="plan",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="job",
            name="result",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="job",
            name="task",
            field=models.CharField(
                choices=[("import", "Import"), ("schema", "Schema"), ("restore", "Restore"), ("clone", "Clone")],
                default="import",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="job",
            name="collection",
            field=models.CharField(default="", max_length=100),
        ),
        migrations.AlterField(
            model_name="job",
            name="makes_collection",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="job",
            name="prefix",
            field=models.CharField(default="", max_length=16),
        ),
    ]
