from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0002_one_reading"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="request",
            field=models.TextField(default="", help_text="How the body of the last attempt began."),
        ),
        migrations.AddField(
            model_name="delivery",
            name="response",
            field=models.TextField(default="", help_text="How the last answer began."),
        ),
    ]
